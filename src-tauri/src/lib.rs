//! The desktop shell: one window, one command, one event, one address for pictures. No rule of the domain lives here;
//! everything is asked of [`mocban_desk::Desk`].

mod arguments;
mod commands;
mod files;

use arguments::Arguments;
use mocban_desk::{Desk, DeskError};
use std::{process::ExitCode, sync::Arc};
use tauri::{Emitter, Manager, Runtime, async_runtime};

/// The desk, or why it could not be opened: the window then shows that and nothing else.
pub struct Host(pub Result<Arc<Desk>, DeskError>);

/// Opens the desk and runs the window until it is closed.
pub fn run() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(fault) => {
            fault.print();
            return ExitCode::from(2);
        }
    };
    let runtime = async_runtime::handle();
    let desk = Desk::open(arguments.desk_options(), runtime.inner());
    match build(tauri::Builder::default(), Host(desk)).run(context()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}

/// The configured application, without its context, for the program and for tests with a mock runtime.
pub fn build<R: Runtime>(builder: tauri::Builder<R>, host: Host) -> tauri::Builder<R> {
    builder
        .register_asynchronous_uri_scheme_protocol("mocban", |context, request, responder| {
            let host = context.app_handle().state::<Host>().0.clone();
            async_runtime::spawn_blocking(move || responder.respond(files::answer(host, request.uri())));
        })
        .setup(|app| {
            if let Ok(desk) = &app.state::<Host>().0 {
                let (mut events, window) = (desk.events(), app.handle().clone());
                async_runtime::spawn(async move {
                    // A slow window may miss events; it asks `status` every second anyway.
                    loop {
                        match events.recv().await {
                            Ok(event) => drop(window.emit("desk", event)),
                            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => continue,
                            Err(tokio::sync::broadcast::error::RecvError::Closed) => break,
                        }
                    }
                });
            }
            Ok(())
        })
        .manage(host)
        .invoke_handler(tauri::generate_handler![commands::rpc, commands::upload])
}

/// The compiled-in configuration with its real access rules.
pub fn context<R: Runtime>() -> tauri::Context<R> {
    tauri::generate_context!()
}
