//! `doctor`: how the desk stands. A folder that is not there is not made; one that is there becomes a desk's, so that
//! its key can be enrolled at a warehouse before the first act.

use super::Ended;
use crate::{
    outcome::Outcome,
    output,
    session::{self, Session},
};
use serde_json::json;
use std::path::PathBuf;

pub(super) fn run(data: Option<PathBuf>, json: bool) -> Ended {
    let folder = session::folder(data.as_deref())?;
    if !folder.is_dir() {
        if json {
            output::json(&json!({ "data": folder.display().to_string(), "store": false }));
        }
        output::say(format!("{}: chưa có bàn chứng thực nào.", folder.display()));
        return Ok(Outcome::Done);
    }
    let session = Session::open(Some(folder))?;
    let health = session.desk.health()?;
    if json {
        output::json(&health);
        return Ok(Outcome::Done);
    }
    let status = &health.status;
    for line in [
        format!("Thư mục dữ liệu: {}", health.data.display()),
        format!("Cơ quan: {} ({})", health.office_name, health.office),
        format!("Bàn: {}", health.desk),
        format!("Khóa công khai của bàn: {}", health.desk_key.as_deref().unwrap_or("–")),
        format!(
            "Khóa kho lưu: {}",
            if health.store_key == "file" {
                "trong tệp cạnh dữ liệu"
            } else {
                "trong hệ điều hành"
            }
        ),
        format!("Sổ: {}, số tiếp theo {}", status.book.volume, status.book.next_number),
        format!(
            "Hàng đợi: {} chờ, {} bị giữ; việc dở dang: {}",
            status.queue.waiting, status.queue.held, status.unfinished
        ),
        format!(
            "Thư viện PKCS#11: {}",
            health.modules.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
        ),
    ] {
        output::say(line);
    }
    health.notices.iter().for_each(|notice| output::say(format!("Lưu ý: {notice}")));
    Ok(Outcome::Done)
}
