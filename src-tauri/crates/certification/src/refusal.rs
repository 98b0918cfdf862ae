//! Why a paper is not certified: the six grounds of NĐ 23/2015 Art 22, and, apart from them, papers that are no paper
//! originals at all (NĐ 45/2020 Art 3(9)). The words are data; they are printed in the written explanation that Art 9
//! demands.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::text;

/// The six grounds, in the order of the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalGround {
    /// Art 22(1): erased, corrected, added to or cut without right.
    Tampered,
    /// Art 22(2): damaged or worn until it cannot be read.
    Damaged,
    /// Art 22(3): marked secret, or marked not to be copied.
    Secret,
    /// Art 22(4): content against law or public morals.
    UnlawfulContent,
    /// Art 22(5): foreign, without consular legalisation.
    NotLegalised,
    /// Art 22(6): made by a private person and not confirmed by an authority.
    Unconfirmed,
}

impl RefusalGround {
    /// All six, in order.
    pub const ALL: [Self; 6] = [
        Self::Tampered,
        Self::Damaged,
        Self::Secret,
        Self::UnlawfulContent,
        Self::NotLegalised,
        Self::Unconfirmed,
    ];

    /// Its number in the article, 1 to 6.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Tampered => 1,
            Self::Damaged => 2,
            Self::Secret => 3,
            Self::UnlawfulContent => 4,
            Self::NotLegalised => 5,
            Self::Unconfirmed => 6,
        }
    }

    /// The clause as cited: `khoản 3 Điều 22 Nghị định số 23/2015/NĐ-CP`.
    #[must_use]
    pub fn clause(self) -> String {
        format!("khoản {} Điều 22 Nghị định số 23/2015/NĐ-CP", self.number())
    }
}

/// What was shown instead of a paper original (bản chính dạng văn bản giấy).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAnOriginal {
    /// A photocopy or photograph.
    Photocopy,
    /// A certified copy.
    CertifiedCopy,
    /// An electronic original or its print-out.
    Electronic,
}

impl NotAnOriginal {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Photocopy, Self::CertifiedCopy, Self::Electronic];

    /// The clause as cited.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        "khoản 9 Điều 3 Nghị định số 45/2020/NĐ-CP"
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// One of the six grounds.
    Ground(RefusalGround),
    /// There is no paper original to certify from.
    NotAnOriginal(NotAnOriginal),
}

impl RefusalReason {
    /// The clause as cited.
    #[must_use]
    pub fn clause(self) -> String {
        match self {
            Self::Ground(ground) => ground.clause(),
            Self::NotAnOriginal(shown) => shown.clause().to_owned(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonText {
    reason: RefusalReason,
    text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextsFields {
    source: String,
    texts: Vec<ReasonText>,
}

/// The words of every reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TextsFields", into = "TextsFields")]
pub struct RefusalTexts {
    source: String,
    grounds: [String; 6],
    not_an_original: [String; 3],
}

impl RefusalTexts {
    /// Reads the words from JSON (`assets/law/refusals.json`).
    ///
    /// # Errors
    /// [`Error::DataUnreadable`], also when a reason has no words.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        text::data("refusals", json)
    }

    /// The words of a reason, the six grounds verbatim from the decree.
    #[must_use]
    pub fn text(&self, reason: RefusalReason) -> &str {
        match reason {
            RefusalReason::Ground(g) => &self.grounds[g as usize],
            RefusalReason::NotAnOriginal(n) => &self.not_an_original[n as usize],
        }
    }
}

impl TryFrom<TextsFields> for RefusalTexts {
    type Error = Error;

    fn try_from(f: TextsFields) -> Result<Self, Error> {
        let find =
            |reason| f.texts.iter().find(|t| t.reason == reason).map(|t| t.text.clone()).unwrap_or_default();
        let grounds = RefusalGround::ALL.map(|g| find(RefusalReason::Ground(g)));
        let not_an_original = NotAnOriginal::ALL.map(|n| find(RefusalReason::NotAnOriginal(n)));
        if grounds.iter().chain(&not_an_original).any(|t| t.trim().is_empty()) {
            return Err(Error::DataInconsistent { what: "refusals", reason: "a reason has no words" });
        }
        Ok(Self { source: f.source, grounds, not_an_original })
    }
}

impl From<RefusalTexts> for TextsFields {
    fn from(t: RefusalTexts) -> Self {
        let grounds = RefusalGround::ALL.map(RefusalReason::Ground).into_iter();
        let others = NotAnOriginal::ALL.map(RefusalReason::NotAnOriginal).into_iter();
        let texts =
            grounds.chain(others).map(|reason| ReasonText { reason, text: t.text(reason).to_owned() });
        Self { texts: texts.collect(), source: t.source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;

    #[test]
    fn the_six_grounds_stand_word_for_word() {
        let texts = RefusalTexts::from_json(law::REFUSALS).unwrap();
        let verbatim = [
            "Bản chính bị tẩy xóa, sửa chữa, thêm, bớt nội dung không hợp lệ.",
            "Bản chính bị hư hỏng, cũ nát, không xác định được nội dung.",
            "Bản chính đóng dấu mật của cơ quan, tổ chức có thẩm quyền hoặc không đóng dấu mật nhưng ghi rõ không được sao chụp.",
            "Bản chính có nội dung trái pháp luật, đạo đức xã hội; tuyên truyền, kích động chiến tranh, chống chế độ xã hội chủ nghĩa Việt Nam; xuyên tạc lịch sử của dân tộc Việt Nam; xúc phạm danh dự, nhân phẩm, uy tín của cá nhân, tổ chức; vi phạm quyền công dân.",
            "Bản chính do cơ quan, tổ chức có thẩm quyền của nước ngoài cấp, công chứng hoặc chứng nhận chưa được hợp pháp hóa lãnh sự theo quy định tại Khoản 1 Điều 20 của Nghị định này.",
            "Giấy tờ, văn bản do cá nhân tự lập nhưng không có xác nhận và đóng dấu của cơ quan, tổ chức có thẩm quyền.",
        ];
        for (i, (ground, words)) in RefusalGround::ALL.into_iter().zip(verbatim).enumerate() {
            assert_eq!(usize::from(ground.number()), i + 1);
            assert_eq!(texts.text(RefusalReason::Ground(ground)), words);
        }
    }

    #[test]
    fn a_reason_is_cited_by_its_clause() {
        let secret = RefusalReason::Ground(RefusalGround::Secret);
        assert_eq!(secret.clause(), "khoản 3 Điều 22 Nghị định số 23/2015/NĐ-CP");
        let photocopy = RefusalReason::NotAnOriginal(NotAnOriginal::Photocopy);
        assert!(photocopy.clause().contains("45/2020"));
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#"{"ground":"secret"}"#);
    }

    #[test]
    fn a_reason_without_words_is_refused_and_texts_survive_storage() {
        let texts = RefusalTexts::from_json(law::REFUSALS).unwrap();
        let stored = serde_json::to_string(&texts).unwrap();
        assert_eq!(RefusalTexts::from_json(&stored), Ok(texts));
        let mut value: serde_json::Value = serde_json::from_str(&stored).unwrap();
        value["texts"].as_array_mut().unwrap().pop();
        assert!(RefusalTexts::from_json(&value.to_string()).is_err());
    }
}
