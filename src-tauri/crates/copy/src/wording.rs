//! The words of the statement page that no law prescribes letter by letter.
//!
//! Data, so that an office's template can replace them.

/// Headings, labels and notes on the statement page.
#[derive(Debug, Clone)]
pub struct Wording {
    /// Before the paper's name.
    pub paper_label: String,
    /// Before the dossier code.
    pub dossier_label: String,
    /// Before the copy id.
    pub copy_label: String,
    /// Heading of the list of pages.
    pub pages_heading: String,
    /// Before a page number in that list.
    pub page_label: String,
    /// Line for pages the list has no room for; `{n}` is their number.
    pub more_pages: String,
    /// Heading of the note on verification.
    pub verify_heading: String,
    /// How a receiver checks the copy.
    pub verify_text: String,
    /// The watermark of training mode.
    pub training_watermark: String,
}

impl Default for Wording {
    fn default() -> Self {
        Self {
            paper_label: "Tên bản chính:".into(),
            dossier_label: "Mã số hồ sơ:".into(),
            copy_label: "Mã bản sao:".into(),
            pages_heading: "Các trang của bản chính và dấu vân tay SHA-256 của ảnh chụp gốc (16 ký tự đầu)".into(),
            page_label: "Trang".into(),
            more_pages: "và {n} trang khác, ghi đủ trong siêu dữ liệu của tệp".into(),
            verify_heading: "Cách kiểm tra".into(),
            verify_text: "Mở tệp bằng phần mềm đọc PDF có chức năng kiểm tra chữ ký số. Bản sao hợp lệ khi cả hai chữ ký \
                          số của người thực hiện chứng thực và của cơ quan chứng thực đều hợp lệ và tệp không bị thay \
                          đổi sau khi ký. Bản in của tệp này không thay cho bản sao điện tử. Mã QR ghi: mã số hồ sơ, \
                          mã thủ tục, mã cơ quan, tên giấy tờ và mã bản sao."
                .into(),
            training_watermark: "BẢN TẬP HUẤN – KHÔNG CÓ GIÁ TRỊ".into(),
        }
    }
}
