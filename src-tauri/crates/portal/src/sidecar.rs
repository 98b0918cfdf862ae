//! The portal's own field names (services DongBoHoSoMC and the data store of results), for the JSON that lies beside an
//! exported copy. Times are Vietnam's, written `yyyyMMddHHmmss` as the portal writes them.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Serialize, Serializer};

/// Procedure code of "chứng thực bản sao từ bản chính".
pub const PROCEDURE_COPY_FROM_ORIGINAL: &str = "2.000815";

/// A point in time in the portal's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortalTime(pub Timestamp);

impl Serialize for PortalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let local = Offset::constant(7).to_datetime(self.0);
        serializer.collect_str(&local.strftime("%Y%m%d%H%M%S"))
    }
}

/// Kind of identity paper (DinhDanhCHS.LoaiDinhDanh).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum IdentityKind {
    /// CCCD, twelve digits.
    CitizenCard = 1,
    /// CMND, nine digits.
    OldCard = 2,
}

impl Serialize for IdentityKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

/// Whose dossier it is (DinhDanhCHS).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Kind of paper.
    #[serde(rename = "LoaiDinhDanh")]
    pub kind: IdentityKind,
    /// Its number.
    #[serde(rename = "SoDinhDanh")]
    pub number: String,
}

/// A result paper (DanhSachGiayToKetQua).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultPaper {
    /// Name of the paper.
    #[serde(rename = "TenGiayTo")]
    pub name: String,
    /// Code of the result in the data store.
    #[serde(rename = "MaGiayToKetQua")]
    pub code: String,
    /// Certification number and book, e.g. `123-SCT/BS`.
    #[serde(rename = "SoKyHieu")]
    pub number: String,
    /// When it was certified.
    #[serde(rename = "NgayBanHanh")]
    pub issued: PortalTime,
    /// The certifying agency.
    #[serde(rename = "CoQuanBanHanh")]
    pub agency: String,
    /// The certifier.
    #[serde(rename = "NguoiKy")]
    pub signer: String,
}

/// A fee (DanhSachLePhi), in đồng.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fee {
    /// What for.
    #[serde(rename = "TenPhiLePhi")]
    pub name: String,
    /// How much, in đồng.
    #[serde(rename = "SoTien")]
    pub amount_vnd: u64,
}

/// What an officer types into the portal for one copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sidecar {
    /// Dossier number.
    #[serde(rename = "MaHoSo")]
    pub dossier: String,
    /// Procedure code, e.g. [`PROCEDURE_COPY_FROM_ORIGINAL`].
    #[serde(rename = "MaTTHC")]
    pub procedure_code: String,
    /// Procedure name.
    #[serde(rename = "TenTTHC")]
    pub procedure_name: String,
    /// Channel: 1 at the desk, 2 online, 3 by post.
    #[serde(rename = "KenhThucHien")]
    pub channel: u8,
    /// The requester's name.
    #[serde(rename = "ChuHoSo")]
    pub requester: String,
    /// The requester's identity paper, when shown.
    #[serde(rename = "DinhDanhCHS", skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Summary of the dossier, at most 1000 characters.
    #[serde(rename = "TrichYeuHoSo")]
    pub summary: String,
    /// When it was received.
    #[serde(rename = "NgayTiepNhan")]
    pub received: PortalTime,
    /// When the result was promised.
    #[serde(rename = "NgayHenTra")]
    pub promised: PortalTime,
    /// State of the dossier: 9 done, 10 handed over.
    #[serde(rename = "TrangThaiHoSo")]
    pub state: u8,
    /// Fees taken.
    #[serde(rename = "DanhSachLePhi")]
    pub fees: Vec<Fee>,
    /// Results.
    #[serde(rename = "DanhSachGiayToKetQua")]
    pub results: Vec<ResultPaper>,
    /// The officer, at most 50 characters.
    #[serde(rename = "NguoiXuLy")]
    pub officer: String,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sidecar() -> Sidecar {
        let received = PortalTime("2026-11-21T02:03:04Z".parse().unwrap());
        Sidecar {
            dossier: "000.00.01.H22-261121-0001".into(),
            procedure_code: PROCEDURE_COPY_FROM_ORIGINAL.into(),
            procedure_name: "Chứng thực bản sao từ bản chính".into(),
            channel: 1,
            requester: "Nguyễn Văn Tập".into(),
            identity: Some(Identity { kind: IdentityKind::CitizenCard, number: "001099000001".into() }),
            summary: "Bằng tốt nghiệp đại học".into(),
            received,
            promised: received,
            state: 9,
            fees: vec![Fee { name: "Phí chứng thực".into(), amount_vnd: 2000 }],
            results: vec![ResultPaper {
                name: "Bằng tốt nghiệp đại học".into(),
                code: "KQ.G15.000031".into(),
                number: "1-SCT/BS".into(),
                issued: received,
                agency: "UBND xã Tập Huấn".into(),
                signer: "Trần Thị Mẫu".into(),
            }],
            officer: "Lê Văn Bàn".into(),
        }
    }

    #[test]
    fn the_portals_codes_and_times_are_written_as_the_portal_writes_them() {
        let json = serde_json::to_value(sidecar()).unwrap();
        assert_eq!(json["DinhDanhCHS"]["LoaiDinhDanh"], 1);
        assert_eq!(json["NgayHenTra"], "20261121090304");
        assert_eq!(json["DanhSachGiayToKetQua"][0]["SoKyHieu"], "1-SCT/BS");
        assert_eq!(json["DanhSachLePhi"][0]["SoTien"], 2000);
    }
}
