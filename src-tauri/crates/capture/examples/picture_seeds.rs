//! Writes the files with which the fuzz targets of pictures, scanners and cards begin: `picture_seeds FOLDER`.

#![allow(clippy::unwrap_used, reason = "a tool of the tests")]

use mocban_capture::{Picture, encode};
use std::{fs, io::Cursor, path::PathBuf};
use tiff::encoder::{TiffEncoder, colortype::RGB8};

const SIDE: usize = 48;

const CAPABILITIES: &str = "<scan:ScannerCapabilities xmlns:scan='s' xmlns:pwg='p'><pwg:Version>2.6</pwg:Version>\
    <scan:UUID>4509a320-00a0-008f-00b6-002507510eca</scan:UUID><scan:Adf><scan:AdfSimplexInputCaps>\
    <scan:MaxWidth>2550</scan:MaxWidth><scan:MaxHeight>4200</scan:MaxHeight><scan:SettingProfiles><scan:SettingProfile>\
    <scan:ColorModes><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes><scan:DocumentFormats>\
    <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat></scan:DocumentFormats><scan:SupportedResolutions>\
    <scan:ResolutionRange><scan:XResolutionRange><scan:Min>100</scan:Min><scan:Max>600</scan:Max></scan:XResolutionRange>\
    </scan:ResolutionRange></scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>\
    </scan:AdfSimplexInputCaps></scan:Adf></scan:ScannerCapabilities>";

const STATUS: &str = "<scan:ScannerStatus xmlns:scan='s' xmlns:pwg='p'><pwg:State>Idle</pwg:State>\
    <scan:AdfState>ScannerAdfJam</scan:AdfState><scan:Jobs><scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/1</pwg:JobUri>\
    <pwg:JobState>Aborted</pwg:JobState></scan:JobInfo></scan:Jobs></scan:ScannerStatus>";

const OPTIONS: &str = "    --mode Lineart|Gray|Color [Color]\n    --resolution 75|150|300|600dpi [75]\n    \
    --source Flatbed|ADF|ADF Duplex [Flatbed]\n    -x 0..215.9mm [215.9]\n    -y 0..297.18mm [297.18]\n";

const CARD: &str = "001203004567|123456789|Nguyễn Thị Ánh Tuyết|01021990|Nữ|Thôn Đoài, xã Yên Mô|02032021";

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder.join(target)).unwrap();
        fs::write(folder.join(target).join(name), bytes).unwrap();
    };
    let rgb8: Vec<u8> = (0..3 * SIDE * SIDE).map(|index| (index * index / 7) as u8).collect();
    let jpeg = encode::jpeg(&Picture::new(SIDE, SIDE, rgb8.clone()).unwrap(), 300.0, 80).unwrap();
    write("picture", "page.jpg", &jpeg);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, SIDE as u32, SIDE as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&rgb8).unwrap();
    write("picture", "page.png", &png);
    let mut tiff = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut tiff).unwrap();
    for _ in 0..2 {
        encoder.write_image::<RGB8>(SIDE as u32, SIDE as u32, &rgb8).unwrap();
    }
    write("picture", "pages.tif", tiff.get_ref());
    write("picture", "scan.pdf", &scan(&jpeg));
    write("scanner", "capabilities.xml", CAPABILITIES.as_bytes());
    write("scanner", "status.xml", STATUS.as_bytes());
    write("scanner", "options.txt", OPTIONS.as_bytes());
    write("card", "card.txt", CARD.as_bytes());
}

/// What a scanner sends: one page that is one JPEG.
fn scan(jpeg: &[u8]) -> Vec<u8> {
    let content = "q 11.52 0 0 11.52 0 0 cm /Im0 Do Q";
    let image = format!(
        "<</Type/XObject/Subtype/Image/Width {SIDE}/Height {SIDE}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length {}>>\nstream\n",
        jpeg.len()
    );
    let objects: [Vec<u8>; 5] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 11.52 11.52]/Contents 4 0 R/Resources<</XObject<</Im0 5 0 R>>>>>>".to_vec(),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()).into_bytes(),
        [image.as_bytes(), jpeg, b"\nendstream"].concat(),
    ];
    let (mut pdf, mut table) = (b"%PDF-1.7\n".to_vec(), String::from("0000000000 65535 f \n"));
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf.extend(format!("{} 0 obj\n", index + 1).bytes());
        pdf.extend(object);
        pdf.extend(b"\nendobj\n");
    }
    let at = pdf.len();
    pdf.extend(
        format!("xref\n0 6\n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n").bytes(),
    );
    pdf
}
