//! Something that answers as an API server would.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::probe::kubernetes::{KubernetesProbe, KubernetesSettings};

/// It remembers what it was asked.
pub(super) struct Server {
    kubeconfig: NamedTempFile,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let kubeconfig = kubeconfig(&format!("http://{}", listener.local_addr().unwrap()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (remembered, answer) = (Arc::clone(&asked), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (remembered, answer) = (Arc::clone(&remembered), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut bytes = vec![0; 65536];
                    let read = stream.read(&mut bytes).await.unwrap();
                    let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
                    let line = text.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
                    let (status, body) = answer(&line);
                    remembered.lock().unwrap().push(line);
                    let head =
                        format!("HTTP/1.1 {status} .\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    stream.write_all((head + &body).as_bytes()).await.unwrap();
                });
            }
        });
        Self { kubeconfig, asked }
    }

    pub(super) fn probe(&self) -> KubernetesProbe {
        probe(&self.kubeconfig)
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn times(&self, line: &str) -> usize {
        self.asked().iter().filter(|asked| *asked == line).count()
    }
}

pub(super) fn kubeconfig(server: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    let clusters = json!([{"name": "c", "cluster": {"server": server}}]);
    let contexts = json!([{"name": "c", "context": {"cluster": "c", "user": "u"}}]);
    let users = json!([{"name": "u", "user": {"token": "t"}}]);
    let config = json!({"current-context": "c", "clusters": clusters, "contexts": contexts, "users": users});
    file.write_all(config.to_string().as_bytes()).unwrap();
    file
}

pub(super) fn probe(kubeconfig: &NamedTempFile) -> KubernetesProbe {
    let kubeconfig = Some(kubeconfig.path().to_owned());
    KubernetesProbe::new(KubernetesSettings { kubeconfig, patience: Duration::ZERO, ..KubernetesSettings::default() })
}
