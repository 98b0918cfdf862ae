//! The words of the command line. The comments are the help texts, so they are in Vietnamese.

use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// Mộc Bản: chứng thực bản sao điện tử từ bản chính, không cần cửa sổ
#[derive(Debug, Parser)]
#[command(name = "mocbanctl", version, propagate_version = true)]
pub(crate) struct Arguments {
    /// Thư mục dữ liệu (mặc định: thư mục dữ liệu của người dùng)
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Chứng thực một bản sao từ đầu đến cuối: nắn trang, lập, ký hai lần, vào sổ, gửi kho, kiểm tra
    Certify(Certify),
    /// Một trang ảnh: tìm khung, nắn thẳng
    #[command(subcommand)]
    Page(Page),
    /// Máy chụp và máy quét
    #[command(subcommand)]
    Scan(Scan),
    /// Thẻ căn cước
    #[command(subcommand)]
    Id(Id),
    /// Tệp bản sao
    #[command(subcommand)]
    Copy(Copy),
    /// Ký một hoặc nhiều tệp PDF bằng chứng thư số trên thiết bị, nhập mã PIN một lần (PAdES)
    Sign(Sign),
    /// Bổ sung dấu thời gian và dữ liệu kiểm tra lâu dài vào tệp đã ký; không sửa byte nào đã có
    Augment(Augment),
    /// Kiểm tra chữ ký số của tệp PDF
    Verify(Verify),
    /// Thiết bị lưu khóa bí mật
    #[command(subcommand)]
    Token(Token),
    /// Sổ chứng thực
    #[command(subcommand)]
    Register(Register),
    /// Hàng đợi gửi kho
    #[command(subcommand)]
    Queue(Queue),
    /// Kho dữ liệu
    #[command(subcommand)]
    Warehouse(Warehouse),
    /// Phục vụ giao diện qua HTTP trên máy này
    Host(Host),
    /// Tình trạng của bàn chứng thực
    Doctor(Json),
}

#[derive(Debug, Args)]
pub(crate) struct Json {
    /// In mỗi dòng một đối tượng JSON ra stdout
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Certify {
    /// Tập huấn: dùng thiết bị tập huấn; cờ này đồng thời là lời xác nhận đã đối chiếu của người tập huấn
    #[arg(long)]
    pub(crate) training: bool,
    /// Ảnh của bản chính, theo thứ tự trang
    #[arg(long, required_unless_present = "id_card", num_args = 1.., value_name = "IMG")]
    pub(crate) originals: Vec<PathBuf>,
    /// Hai mặt của một thẻ (trước, sau), ghép thành một trang A4 đúng kích thước, sau các trang khác
    #[arg(long, num_args = 2, value_names = ["FRONT", "BACK"])]
    pub(crate) id_card: Vec<PathBuf>,
    /// Họ và tên người yêu cầu
    #[arg(long, value_name = "NAME")]
    pub(crate) requester: String,
    /// Số định danh cá nhân hoặc hộ chiếu của người yêu cầu
    #[arg(long, value_name = "N")]
    pub(crate) id_number: String,
    /// Tên giấy tờ, văn bản
    #[arg(long, value_name = "NAME")]
    pub(crate) paper: String,
    /// Số bản
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) copies: u32,
    /// Tệp bản sao được ghi ra
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Đã đối chiếu đúng với bản chính (bắt buộc khi không phải tập huấn)
    #[arg(long, required_unless_present = "training")]
    pub(crate) attest: bool,
    /// Chấp nhận khung trang do chương trình đề xuất, kể cả khi chưa chắc chắn
    #[arg(long)]
    pub(crate) accept_outlines: bool,
    /// Đã xem và chấp nhận ảnh bị mờ, lóa, tối, có tay che, thiếu mép hoặc chưa rõ khổ giấy; dưới 200 dpi vẫn bị từ chối
    #[arg(long)]
    pub(crate) accept_shots: bool,
    /// Vân tay SHA-256 chứng thư số của người thực hiện chứng thực
    #[arg(long, value_name = "FINGERPRINT", required_unless_present = "training")]
    pub(crate) performer: Option<String>,
    /// Vân tay SHA-256 chứng thư số của cơ quan
    #[arg(long, value_name = "FINGERPRINT", required_unless_present = "training")]
    pub(crate) agency: Option<String>,
    /// Tệp chứa mã PIN (của người thực hiện; của cả hai khi không có --agency-pin-file trong tập huấn)
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    /// Tệp chứa mã PIN của cơ quan
    #[arg(long, value_name = "FILE")]
    pub(crate) agency_pin_file: Option<PathBuf>,
    /// Việc dở dang không ký tiếp được thì để lại và vẫn làm hồ sơ mới
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Để bản sao trong hàng đợi, chưa gửi kho
    #[arg(long)]
    pub(crate) no_upload: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Page {
    /// Tìm bốn góc của trang giấy
    Detect {
        #[command(flatten)]
        json: Json,
        /// Kết thúc với mã 1 nếu có trang dưới 200 dpi, không được dùng để chứng thực (NĐ 30/2020, Phụ lục I)
        #[arg(long)]
        gate: bool,
        #[arg(required = true, value_name = "IMG")]
        images: Vec<PathBuf>,
    },
    /// Nắn trang về đúng khổ giấy
    Correct {
        #[command(flatten)]
        json: Json,
        #[arg(value_name = "IMG")]
        image: PathBuf,
        /// Tệp ghi ra: .jpg hoặc .png
        #[arg(short, long = "out", value_name = "OUT")]
        out: PathBuf,
        /// Bốn góc trên trái, trên phải, dưới phải, dưới trái: x,y,x,y,x,y,x,y
        #[arg(long, value_parser = corners, allow_hyphen_values = true, value_name = "XY")]
        corners: Option<[[f64; 2]; 4]>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Scan {
    /// Liệt kê máy chụp và máy quét (eSCL, SANE, Windows)
    List {
        /// Địa chỉ của máy quét không tự báo trong mạng
        #[arg(long, value_name = "ADDR")]
        address: Vec<String>,
        /// Số giây tìm trong mạng
        #[arg(long, default_value_t = 4, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=60))]
        wait: u64,
        #[command(flatten)]
        json: Json,
    },
    /// Quét cho đến hết giấy, hoặc chụp một ảnh; mỗi trang một tệp, trang đã nhận luôn được giữ lại
    Page {
        /// Mã thiết bị như trong list, hoặc escl:http://ĐỊA-CHỈ
        #[arg(long, value_name = "ID")]
        device: String,
        /// Nơi đặt giấy: mặt kính, khay nạp, khay nạp hai mặt
        #[arg(long, value_enum, default_value_t = ScanFrom::Platen)]
        source: ScanFrom,
        /// Độ phân giải, điểm ảnh trên inch
        #[arg(long, default_value_t = 300, value_name = "N", value_parser = clap::value_parser!(u16).range(50..=2400))]
        dpi: u16,
        /// Quét màu (mặc định; bản sao chứng thực phải có màu)
        #[arg(long, conflicts_with = "grey")]
        color: bool,
        /// Quét xám: không dùng cho bản sao chứng thực
        #[arg(long)]
        grey: bool,
        /// Thư mục ghi các trang
        #[arg(short, long = "out", value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        json: Json,
    },
}

/// Where the paper lies.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ScanFrom {
    Platen,
    Adf,
    Duplex,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Id {
    /// Đọc mã QR trên thẻ căn cước, căn cước công dân trong ảnh
    Read {
        #[command(flatten)]
        json: Json,
        #[arg(required = true, value_name = "IMG")]
        images: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Copy {
    /// Lập bản sao mẫu chưa ký, có chữ tập huấn và số không có trong sổ
    Build {
        /// Bắt buộc: bản sao thật chỉ được lập khi chứng thực
        #[arg(long, required = true)]
        training: bool,
        /// Tên giấy tờ, văn bản
        #[arg(long, value_name = "NAME")]
        paper: String,
        /// Tệp ghi ra
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        json: Json,
        /// Hai mặt của một thẻ (trước, sau), ghép thành một trang A4 đúng kích thước, sau các trang khác
        #[arg(long, num_args = 2, value_names = ["FRONT", "BACK"])]
        id_card: Vec<PathBuf>,
        #[arg(required_unless_present = "id_card", value_name = "IMG")]
        images: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// Tệp cần ký
    #[arg(required = true, value_name = "IN.pdf")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Tệp đã ký; thư mục đã có, giữ nguyên tên tệp, khi ký nhiều tệp
    #[arg(short, long = "out", value_name = "OUT.pdf|DIR")]
    pub(crate) out: PathBuf,
    /// Thư viện PKCS#11 của thiết bị
    #[arg(long, value_name = "LIB")]
    pub(crate) module: PathBuf,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// Tệp chứa mã PIN; không có thì nhập trên thiết bị
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    /// Trường chữ ký; chưa có thì thêm mới, không hiển thị
    #[arg(long, default_value = "MocBan", value_name = "NAME")]
    pub(crate) field: String,
    /// Ký chứng nhận tệp: 1 không cho sửa, 2 cho ký thêm, 3 cho ký thêm và ghi chú
    #[arg(long, value_name = "1|2|3", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) certify: Option<u8>,
    /// Mức PAdES; mức trên B cần --tsa và mạng
    #[arg(long, value_enum, default_value_t = Level::B, value_name = "B|T|LT|LTA")]
    pub(crate) level: Level,
    #[command(flatten)]
    pub(crate) services: Services,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Augment {
    /// Tệp đã ký
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Mức PAdES cần đạt
    #[arg(long, value_enum, default_value_t = Level::Lta, value_name = "T|LT|LTA")]
    pub(crate) level: Level,
    /// Tệp ghi ra; thư mục đã có khi bổ sung nhiều tệp
    #[arg(short, long = "out", value_name = "OUT.pdf|DIR", required_unless_present = "in_place")]
    pub(crate) out: Option<PathBuf>,
    /// Ghi vào chính tệp đã cho
    #[arg(long, conflicts_with = "out")]
    pub(crate) in_place: bool,
    #[command(flatten)]
    pub(crate) services: Services,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Services {
    /// Dịch vụ cấp dấu thời gian (RFC 3161), theo thứ tự hỏi; nêu được nhiều lần
    #[arg(long, value_name = "URL")]
    pub(crate) tsa: Vec<String>,
    /// Chứng thư số gốc được tin: tệp PEM/DER hoặc thư mục
    #[arg(long, value_name = "PEM|DIR")]
    pub(crate) trust: Vec<PathBuf>,
}

/// ETSI EN 319 142-1 §6.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum Level {
    B,
    T,
    Lt,
    Lta,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Choice {
    /// Vân tay SHA-256 của chứng thư số
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) cert: Option<String>,
    /// Một phần nhãn thiết bị hoặc tên chủ thể; phải chỉ đúng một chứng thư số
    #[arg(long, value_name = "L")]
    pub(crate) label: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Chứng thư số gốc được tin: tệp PEM/DER hoặc thư mục (mặc định, khi có --data: các gốc của cơ quan)
    #[arg(long, value_name = "PEM|DIR")]
    pub(crate) trust: Vec<PathBuf>,
    /// Thư mục danh sách thu hồi (.crl) và trả lời OCSP (.ocsp) lấy từ trước
    #[arg(long, value_name = "DIR")]
    pub(crate) revocation: Option<PathBuf>,
    /// Chưa xác định khi thiếu thông tin thu hồi còn hiệu lực của chứng thư số có ghi nơi tra cứu
    #[arg(long)]
    pub(crate) require_revocation: bool,
    /// Không dùng mạng (việc kiểm tra vốn không bao giờ dùng mạng)
    #[arg(long)]
    pub(crate) offline: bool,
    /// Thời điểm xét hiệu lực chứng thư số (RFC 3339; mặc định: bây giờ)
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Ghi thêm phiếu kết quả kiểm tra cho người đọc (PDF/A)
    #[arg(long, value_name = "PDF")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) json: Json,
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Liệt kê thiết bị và chứng thư số, không cần mã PIN
    List(Modules),
    /// Báo cáo cho bộ phận hỗ trợ: như list, thêm tệp, cơ chế ký, sai khác, thời gian trả lời, đầu đọc; không có tên người
    Check {
        #[command(flatten)]
        modules: Modules,
        /// Kèm tên người, tên cơ quan trong chứng thư số
        #[arg(long)]
        with_subjects: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Modules {
    /// Thư viện PKCS#11, hoặc thư mục chứa chúng (mặc định: mọi thư viện tìm thấy trên máy)
    #[arg(long, value_name = "LIB|DIR")]
    pub(crate) module: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Register {
    /// Kiểm tra toàn bộ sổ
    Verify(Json),
    /// Liệt kê sổ
    List {
        /// Ngày, yyyy-MM-dd (mặc định: hôm nay)
        #[arg(long, value_name = "D", conflicts_with = "all")]
        date: Option<jiff::civil::Date>,
        /// Mọi ngày
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Queue {
    /// Các bản sao chờ gửi và mới gửi
    Status(Json),
    /// Gửi ngay
    Run(Json),
    /// Đưa một bản sao bị giữ trở lại hàng đợi và gửi
    Retry {
        #[arg(value_name = "COPY")]
        copy: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Warehouse {
    /// Chạy kho dữ liệu tham chiếu cho đến khi bị dừng
    Serve {
        /// Địa chỉ lắng nghe
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
        listen: SocketAddr,
        /// Thư mục của kho (mặc định: warehouse trong thư mục dữ liệu)
        #[arg(long, value_name = "DIR")]
        store: Option<PathBuf>,
        /// Chứng thư số gốc mà chữ ký trên bản sao phải dẫn tới
        #[arg(long, required = true, value_name = "PEM|DIR")]
        trust: Vec<PathBuf>,
        /// Danh sách bàn được gửi: [{"desk","office","key"}]
        #[arg(long, value_name = "FILE.json")]
        desks: PathBuf,
        /// Tên của kho, ghi trong biên nhận
        #[arg(long, default_value = "kho-mocban", value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Host {
    /// Địa chỉ lắng nghe; chỉ nhận địa chỉ của chính máy này
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// Thư mục giao diện đã dựng (ui/dist)
    #[arg(long, value_name = "DIR")]
    pub(crate) ui: Option<PathBuf>,
}

/// Eight numbers, separated by commas.
fn corners(text: &str) -> Result<[[f64; 2]; 4], String> {
    let numbers: Vec<f64> = text.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    match numbers[..] {
        [a, b, c, d, e, f, g, h] => Ok([[a, b], [c, d], [e, f], [g, h]]),
        _ => Err("x,y,x,y,x,y,x,y".into()),
    }
}

impl Command {
    /// Whether errors are told as JSON too.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Certify(Certify { json, .. })
            | Self::Page(Page::Detect { json, .. } | Page::Correct { json, .. })
            | Self::Scan(Scan::List { json, .. } | Scan::Page { json, .. })
            | Self::Id(Id::Read { json, .. })
            | Self::Copy(Copy::Build { json, .. })
            | Self::Sign(Sign { json, .. })
            | Self::Augment(Augment { json, .. })
            | Self::Verify(Verify { json, .. })
            | Self::Token(
                Token::List(Modules { json, .. }) | Token::Check { modules: Modules { json, .. }, .. },
            )
            | Self::Register(Register::Verify(json) | Register::List { json, .. })
            | Self::Queue(Queue::Status(json) | Queue::Run(json) | Queue::Retry { json, .. })
            | Self::Doctor(json) => json.json,
            // They print JSON in any case.
            Self::Warehouse(_) | Self::Host(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_real_certification_needs_attestation_and_both_certificates() {
        let words = "mocbanctl certify --originals a.jpg --requester A --id-number 1 --paper P --out o.pdf";
        let parse = |more: &str| Arguments::try_parse_from(format!("{words} {more}").split_whitespace());
        assert!(parse("").is_err());
        assert!(parse("--performer aa --agency bb").is_err());
        assert!(parse("--attest --performer aa --agency bb").is_ok());
        assert!(parse("--training").is_ok());
    }

    #[test]
    fn a_signature_names_its_certificate_in_one_way() {
        let parse = |more: &str| {
            Arguments::try_parse_from(
                format!("mocbanctl sign a.pdf -o b.pdf --module m {more}").split_whitespace(),
            )
        };
        assert!(parse("").is_err());
        assert!(parse("--cert aa --label b").is_err());
        assert!(parse("--label b --certify 2").is_ok());
        assert!(parse("--label b --certify 4").is_err());
        assert!(parse("--label b --level LTA --tsa http://a --tsa http://b").is_ok());
    }
}
