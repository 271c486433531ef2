//! As much of HTTP/1.1 as a stand-in for AWS and a proxy in front of it need.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// The request line or the status line.
    pub(crate) first_line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// A message with a body of a known type.
    pub(crate) fn new(first_line: impl Into<String>, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { first_line: first_line.into(), headers, body: body.into() }
    }

    /// The same with one more header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A header's value; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// An answer's status.
    pub(crate) fn status(&self) -> u16 {
        self.first_line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// The next message of a connection; none where the peer hung up.
    pub(crate) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let mut message = Self::default();
        if stream.read_line(&mut message.first_line).await? == 0 {
            return Ok(None);
        }
        message.first_line.truncate(message.first_line.trim_end().len());
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            message.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        if message.get("transfer-encoding").is_empty() {
            message.body = vec![0; message.get("content-length").parse().unwrap_or(0)];
            stream.read_exact(&mut message.body).await?;
        } else {
            message.body = chunks(stream).await?;
        }
        Ok(Some(message))
    }

    /// The message on the wire: its length is stated, and the connection stays open.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.first_line);
        for (name, value) in &self.headers {
            if !["content-length", "transfer-encoding", "connection"].contains(&name.to_ascii_lowercase().as_str()) {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", self.body.len()));
        [text.into_bytes(), self.body.clone()].concat()
    }

    /// Sends a request on a connection of its own, and reads the answer.
    pub(crate) async fn ask(&self, port: u16) -> io::Result<Self> {
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
        stream.write_all(&self.bytes()).await?;
        Self::read(&mut stream).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

async fn chunks(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        let start = body.len();
        // Each chunk ends in an empty line.
        body.resize(start + length + 2, 0);
        stream.read_exact(&mut body[start..]).await?;
        body.truncate(start + length);
        if length == 0 {
            return Ok(body);
        }
    }
}
