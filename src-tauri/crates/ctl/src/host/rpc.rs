//! The command list over HTTP: `POST /rpc/<command>`, `POST /upload`, `GET /events`, `GET /files/<path>`. An error is the
//! desk's own `{"code", "params"}` with a status of 4xx or 5xx.

use super::App;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use mocban_desk::DeskError;
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc};
use tokio_stream::{Stream, StreamExt, wrappers::BroadcastStream};

/// Largest body, bytes: the largest picture, and a little.
pub(crate) const BODY_BYTES_MAX: usize = 65 << 20;

/// An error of the desk as an answer.
pub(crate) struct Refused(DeskError);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0 {
            DeskError::NotFound => StatusCode::NOT_FOUND,
            DeskError::InvalidRequest { .. } => StatusCode::BAD_REQUEST,
            DeskError::PictureTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            DeskError::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, Json(self.0)).into_response()
    }
}

/// Runs what blocks (store, token, pictures) where it may.
async fn blocking<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&mocban_desk::Desk) -> Result<T, DeskError> + Send + 'static,
) -> Result<T, Refused> {
    let desk = app.desk.clone();
    let done = tokio::task::spawn_blocking(move || work(&desk)).await;
    done.unwrap_or_else(|fault| Err(DeskError::Internal { detail: fault.to_string() })).map_err(Refused)
}

/// `POST /rpc/<command>`.
pub(crate) async fn command(
    State(app): State<Arc<App>>,
    Path(command): Path<String>,
    Json(payload): Json<Value>,
) -> Result<Json<Value>, Refused> {
    blocking(&app, move |desk| desk.answer(&command, payload)).await.map(Json)
}

/// `POST /upload?name=`: answers `{"blob"}`. The name comes again with `page_add`.
pub(crate) async fn upload(State(app): State<Arc<App>>, bytes: Bytes) -> Result<Json<Value>, Refused> {
    let blob = blocking(&app, move |desk| desk.upload(bytes.into())).await?;
    Ok(Json(json!({ "blob": blob })))
}

/// `GET /events`: one JSON event a message. A page that was too slow asks everything anew anyway.
pub(crate) async fn events(
    State(app): State<Arc<App>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = BroadcastStream::new(app.desk.events()).filter_map(|event| {
        let event = event.ok()?;
        Event::default().json_data(event).ok().map(Ok)
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// `GET /files/<path>`: pictures and copies.
pub(crate) async fn file(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<Response, Refused> {
    let resource = blocking(&app, move |desk| desk.resource(&path)).await?;
    Ok(([(header::CONTENT_TYPE, resource.media)], resource.bytes).into_response())
}
