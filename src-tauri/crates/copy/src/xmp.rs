//! The XMP packet: who made which copy from what (ISO 19005-2, 6.6; ISO 16684-1).
//!
//! Our own properties are declared by an extension schema inside the packet, as PDF/A requires.

use std::fmt::Write;

use jiff::Timestamp;

use crate::pdf::strings::iso_date;
use crate::request::CopyRequest;

/// Our schema's name: a UUID of its own, since a domain could change hands.
const NAMESPACE: &str = "urn:uuid:9f3f5bd0-7c1e-4c57-8a86-2f6a1d0f4e21#";

/// Title, author, description of the document, shared with the Info dictionary.
#[derive(Debug)]
pub(crate) struct Titles {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) description: String,
}

/// Name, value type and description of each property of ours.
const PROPERTIES: [(&str, &str, &str); 9] = [
    ("copyId", "Text", "Identifier of this certified copy"),
    ("certificationNumber", "Text", "Number of certification in the register"),
    ("certificationBook", "Text", "Register book of that number"),
    ("dossierCode", "Text", "Code of the one-stop dossier"),
    ("procedureCode", "Text", "Code of the administrative procedure"),
    ("officeId", "Text", "Identifier of the certifying agency"),
    ("training", "Boolean", "True for practice copies, which have no value"),
    ("originalSha256", "seq Text", "SHA-256 of the untouched capture of each page, in page order"),
    (
        "transforms",
        "seq Text",
        "Transforms between capture and page, one JSON text for each page, in page order",
    ),
];

/// The packet of a document that is no certified copy.
pub(crate) fn plain_packet(titles: &Titles, software: &str, created: Timestamp) -> Vec<u8> {
    packet(titles, software, created, |_| {})
}

/// The packet of a certified copy, with our own properties.
pub(crate) fn copy_packet(request: &CopyRequest, titles: &Titles) -> Vec<u8> {
    let (verification, provenance) = (&request.verification, &request.provenance);
    let digests: Vec<String> = request.pages.iter().map(|page| hex::encode(page.original_sha256)).collect();
    let transforms: Vec<&str> = request.pages.iter().map(|page| page.transforms_json.as_str()).collect();
    packet(titles, &provenance.software, request.created, |xml| {
        description(xml, &[("mocban", NAMESPACE)], |xml| {
            text(xml, "mocban:copyId", &verification.copy_id);
            text(xml, "mocban:certificationNumber", &provenance.certification_number);
            text(xml, "mocban:certificationBook", &provenance.book);
            text(xml, "mocban:dossierCode", &verification.dossier_code);
            text(xml, "mocban:procedureCode", &verification.procedure_code);
            text(xml, "mocban:officeId", &verification.office_id);
            text(xml, "mocban:training", if request.training { "True" } else { "False" });
            sequence(xml, "mocban:originalSha256", &digests);
            sequence(xml, "mocban:transforms", &transforms);
        });
        extension_schema(xml);
    })
}

fn packet(titles: &Titles, software: &str, created: Timestamp, own: impl FnOnce(&mut String)) -> Vec<u8> {
    let date = iso_date(created);
    let mut xml = String::from(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n",
    );
    description(&mut xml, &[("pdfaid", "http://www.aiim.org/pdfa/ns/id/")], |xml| {
        text(xml, "pdfaid:part", "2");
        text(xml, "pdfaid:conformance", "B");
    });
    description(&mut xml, &[("dc", "http://purl.org/dc/elements/1.1/")], |xml| {
        text(xml, "dc:format", "application/pdf");
        alternatives(xml, "dc:title", &titles.title);
        sequence(xml, "dc:creator", &[titles.author.as_str()]);
        alternatives(xml, "dc:description", &titles.description);
        bag(xml, "dc:language", "vi-VN");
    });
    description(&mut xml, &[("xmp", "http://ns.adobe.com/xap/1.0/")], |xml| {
        text(xml, "xmp:CreatorTool", software);
        text(xml, "xmp:CreateDate", &date);
        text(xml, "xmp:ModifyDate", &date);
        text(xml, "xmp:MetadataDate", &date);
    });
    description(&mut xml, &[("pdf", "http://ns.adobe.com/pdf/1.3/")], |xml| {
        text(xml, "pdf:Producer", software);
    });
    own(&mut xml);
    xml.push_str("</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>");
    xml.into_bytes()
}

fn extension_schema(xml: &mut String) {
    let namespaces = [
        ("pdfaExtension", "http://www.aiim.org/pdfa/ns/extension/"),
        ("pdfaSchema", "http://www.aiim.org/pdfa/ns/schema#"),
        ("pdfaProperty", "http://www.aiim.org/pdfa/ns/property#"),
    ];
    description(xml, &namespaces, |xml| {
        xml.push_str("<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\n");
        text(xml, "pdfaSchema:schema", "Certified electronic copies from paper originals");
        text(xml, "pdfaSchema:namespaceURI", NAMESPACE);
        text(xml, "pdfaSchema:prefix", "mocban");
        xml.push_str("<pdfaSchema:property><rdf:Seq>\n");
        for (property, value_type, meaning) in PROPERTIES {
            xml.push_str("<rdf:li rdf:parseType=\"Resource\">\n");
            text(xml, "pdfaProperty:name", property);
            text(xml, "pdfaProperty:valueType", value_type);
            text(xml, "pdfaProperty:category", "external");
            text(xml, "pdfaProperty:description", meaning);
            xml.push_str("</rdf:li>\n");
        }
        xml.push_str("</rdf:Seq></pdfaSchema:property>\n</rdf:li></rdf:Bag></pdfaExtension:schemas>\n");
    });
}

fn description(xml: &mut String, namespaces: &[(&str, &str)], content: impl FnOnce(&mut String)) {
    xml.push_str("<rdf:Description rdf:about=\"\"");
    for (prefix, uri) in namespaces {
        let _ = write!(xml, " xmlns:{prefix}=\"{uri}\"");
    }
    xml.push_str(">\n");
    content(xml);
    xml.push_str("</rdf:Description>\n");
}

fn text(xml: &mut String, tag: &str, value: &str) {
    let _ = writeln!(xml, "<{tag}>{}</{tag}>", escaped(value));
}

fn alternatives(xml: &mut String, tag: &str, value: &str) {
    let value = escaped(value);
    let _ =
        writeln!(xml, "<{tag}><rdf:Alt><rdf:li xml:lang=\"x-default\">{value}</rdf:li></rdf:Alt></{tag}>");
}

fn bag(xml: &mut String, tag: &str, value: &str) {
    let _ = writeln!(xml, "<{tag}><rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag></{tag}>", escaped(value));
}

fn sequence<S: AsRef<str>>(xml: &mut String, tag: &str, values: &[S]) {
    let _ = write!(xml, "<{tag}><rdf:Seq>");
    for value in values {
        let _ = write!(xml, "<rdf:li>{}</rdf:li>", escaped(value.as_ref()));
    }
    let _ = writeln!(xml, "</rdf:Seq></{tag}>");
}

/// Escaped for XML; characters that XML cannot hold become spaces.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
