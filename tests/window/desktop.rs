//! A screen of our own (Xvfb), a WebDriver for the web view on it, and the window's elements by their test ids.

use crate::common::{built, root};
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A screen. Everything on it ends with it.
pub(crate) struct Desktop {
    screen: Child,
    display: String,
}

impl Desktop {
    /// 1366 × 768, as the old PCs at the counter.
    pub(crate) async fn start() -> Self {
        let mut screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is not installed");
        let mut line = String::new();
        BufReader::new(screen.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { screen, display: format!(":{}", line.trim()) }
    }

    /// Opens the program on a data folder.
    pub(crate) async fn open(&self, data: &Path, environment: &[(String, String)]) -> Window {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("dbus-run-session")
            .args(["--", "WebKitWebDriver", &format!("--port={port}")])
            .env("DISPLAY", &self.display)
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            // What the web view keeps between runs (the chosen language) is this window's own.
            .env("XDG_DATA_HOME", data.join("web-view/data"))
            .env("XDG_CONFIG_HOME", data.join("web-view/config"))
            .env("XDG_CACHE_HOME", data.join("web-view/cache"))
            .envs(environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-run-session is not installed");
        let capabilities = json!({ "webkitgtk:browserOptions": {
            "binary": built("mocban"),
            "args": ["--data", data],
        } });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let address = format!("http://127.0.0.1:{port}");
        let begun = Instant::now();
        loop {
            match ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
                .capabilities(capabilities.clone())
                .connect(&address)
                .await
            {
                Ok(client) => return Window { client, driver },
                Err(fault) if begun.elapsed() > Duration::from_secs(90) => panic!("no window: {fault}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(300)).await,
            }
        }
    }

    /// What is on the screen now, as `target/screenshots/NAME.png`.
    pub(crate) fn screenshot(&self, name: &str) {
        let folder = built("mocban").parent().unwrap().join("../screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        let taken =
            Command::new("import").args(["-display", &self.display, "-window", "root"]).arg(&file).status();
        assert!(taken.is_ok_and(|status| status.success()), "no screenshot {}", file.display());
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        let _ = self.screen.kill();
        let _ = self.screen.wait();
    }
}

/// The program's window.
pub(crate) struct Window {
    client: Client,
    driver: Child,
}

fn css(testid: &str) -> String {
    format!("[data-testid={testid}]")
}

impl Window {
    /// Waits for an element.
    #[track_caller]
    pub(crate) fn shown(&self, testid: &str, patience: Duration) -> impl Future<Output = ()> {
        self.element(css(testid), patience)
    }

    async fn element(&self, selector: String, patience: Duration) {
        self.until(&format!("{selector} to appear"), patience, async || self.count(&selector).await > 0)
            .await;
    }

    /// Types into a field (a path into a file field).
    pub(crate) async fn type_into(&self, testid: &str, text: &str) {
        self.element(css(testid), Duration::from_secs(30)).await;
        let field = self.client.find(Locator::Css(&css(testid))).await.unwrap();
        field.send_keys(text).await.unwrap_or_else(|fault| panic!("{testid}: {fault}"));
    }

    /// Presses a key wherever the focus is.
    pub(crate) async fn press(&self, key: &str) {
        let key = key.chars().next().unwrap();
        let actions = KeyActions::new("keyboard".into())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Presses a key while another one is held.
    pub(crate) async fn press_with(&self, held: char, key: &str) {
        let key = key.chars().next().unwrap();
        let actions = KeyActions::new("keyboard".into())
            .then(KeyAction::Down { value: held })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up { value: held });
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Types where the focus is, key by key.
    pub(crate) async fn keys(&self, text: &str) {
        let actions = text.chars().fold(KeyActions::new("keyboard".into()), |actions, value| {
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Presses a key again and again until the focus is on an element.
    pub(crate) async fn press_to(&self, selector: &str, key: &str) {
        let focused = "return document.activeElement?.matches(arguments[0]) ?? false";
        self.element(selector.to_owned(), Duration::from_secs(30)).await;
        for _ in 0..120 {
            if self.run(focused, vec![json!(selector)]).await == json!(true) {
                return;
            }
            self.press(key).await;
        }
        panic!("the focus never came to {selector}; the window says:\n{}", self.words().await);
    }

    /// Waits until the focus is on an element.
    pub(crate) async fn wait_for_focus(&self, testid: &str, patience: Duration) {
        let script = "return document.activeElement?.matches(arguments[0]) ?? false";
        self.until(&format!("the focus on {testid}"), patience, async || {
            self.run(script, vec![json!(css(testid))]).await == json!(true)
        })
        .await;
    }

    /// Presses a key until an element appears. A screen without a window manager gives the focus late, and a key
    /// pressed before is lost.
    pub(crate) async fn press_until(&self, key: &str, testid: &str, patience: Duration) {
        let begun = Instant::now();
        loop {
            self.press(key).await;
            for _ in 0..25 {
                if self.count(&css(testid)).await > 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            if begun.elapsed() > patience {
                panic!("no {testid} after pressing its key; the window says:\n{}", self.words().await);
            }
        }
    }

    /// Waits until so many elements match.
    pub(crate) async fn wait_for_count(&self, selector: &str, count: u64, patience: Duration) {
        let begun = Instant::now();
        loop {
            let found = self.count(selector).await;
            let enough = if count == 0 { found == 0 } else { found >= count };
            if enough {
                return;
            }
            if begun.elapsed() > patience {
                panic!("{found} of {count} {selector}; the window says:\n{}", self.words().await);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits until an element contains a text.
    pub(crate) async fn wait_for_text(&self, testid: &str, text: &str, patience: Duration) {
        let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
        self.until(&format!("{testid} to say {text}"), patience, async || {
            self.run(script, vec![json!(css(testid))]).await.as_str().unwrap_or_default().contains(text)
        })
        .await;
    }

    /// Waits until the window says these words anywhere.
    pub(crate) async fn wait_for_words(&self, words: &str, patience: Duration) {
        self.until(&format!("the words {words}"), patience, async || self.words().await.contains(words))
            .await;
    }

    /// Waits until the finished copy's way shows the warehouse's receipt.
    pub(crate) async fn wait_until_delivered(&self, patience: Duration) {
        self.element(
            "[data-testid=copy-queue] [data-state=delivered], [data-testid=copy-queue][data-state=delivered]"
                .into(),
            patience,
        )
        .await;
    }

    /// Waits until a picture has pixels.
    pub(crate) async fn wait_for_picture(&self, testid: &str, patience: Duration) {
        let script =
            "const e = document.querySelector(arguments[0]); return e ? (e.naturalWidth ?? e.width ?? 0) : 0";
        self.until(&format!("a picture in {testid}"), patience, async || {
            self.run(script, vec![json!(css(testid))]).await.as_u64().unwrap_or(0) > 0
        })
        .await;
    }

    /// axe-core must find no serious or critical fault on what is shown.
    pub(crate) async fn audit(&self, screen: &str) {
        let axe = std::fs::read_to_string(root().join("ui/node_modules/axe-core/axe.min.js")).unwrap();
        self.run(&format!("{axe}; return null"), vec![]).await;
        let script = "const done = arguments[arguments.length - 1]; \
                      axe.run().then((r) => done(r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)) \
                      .map((v) => v.id + ': ' + v.help + ' ' + v.nodes.map((n) => n.target.join(' ')).join(', '))), (e) => done([String(e)]))";
        let faults = self.client.execute_async(script, vec![]).await.unwrap();
        assert_eq!(faults, json!([]), "on {screen}");
    }

    /// Closes the window and its driver.
    pub(crate) async fn close(mut self) {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }

    async fn count(&self, selector: &str) -> u64 {
        self.run("return document.querySelectorAll(arguments[0]).length", vec![json!(selector)])
            .await
            .as_u64()
            .unwrap_or(0)
    }

    async fn words(&self) -> String {
        self.run("return document.body?.innerText ?? ''", vec![])
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or(Value::Null)
    }

    async fn until(&self, what: &str, patience: Duration, condition: impl AsyncFn() -> bool) {
        let begun = Instant::now();
        while !condition().await {
            if begun.elapsed() > patience {
                panic!("waited in vain for {what}; the window says:\n{}", self.words().await);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
