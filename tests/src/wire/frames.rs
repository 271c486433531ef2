//! The framing of PostgreSQL's protocol, as far as a proxy needs it.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The largest message that is taken for one; beyond it, the stream is out of step.
const LIMIT: usize = 64 << 20;

/// What a connection may begin with. Several can follow one another before the start-up itself.
#[derive(Debug)]
pub(super) enum Opening {
    /// "May we speak TLS?"
    Tls,
    /// "May we speak GSSAPI?"
    Gssapi,
    /// A cancel request; the connection ends after it.
    Cancel(Vec<u8>),
    /// Protocol version, user, database and settings.
    StartUp(Vec<u8>),
}

/// A message: its type and everything on the wire, type and length included.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) bytes: Vec<u8>,
}

impl Opening {
    /// The next opening packet; none where the client hung up.
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let Some(bytes) = framed(stream, Vec::new()).await? else { return Ok(None) };
        let code = bytes.get(4..8).and_then(|code| code.try_into().ok()).map(u32::from_be_bytes);
        Ok(Some(match code.ok_or_else(out_of_step)? {
            80_877_103 => Self::Tls,
            80_877_104 => Self::Gssapi,
            80_877_102 => Self::Cancel(bytes),
            _ => Self::StartUp(bytes),
        }))
    }
}

impl Message {
    /// The next message; none where the peer hung up.
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut kind = [0];
        if stream.read(&mut kind).await? == 0 {
            return Ok(None);
        }
        let bytes = framed(stream, kind.to_vec()).await?;
        Ok(bytes.map(|bytes| Self { kind: kind[0], bytes }))
    }

    /// The zero-terminated strings that the message's body begins with.
    pub(super) fn strings(&self) -> impl Iterator<Item = String> + '_ {
        self.bytes[5..].split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned())
    }
}

/// Reads a length and what it counts, behind what was read already.
async fn framed(stream: &mut (impl AsyncRead + Unpin), mut bytes: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    };
    let body = usize::try_from(u32::from_be_bytes(length)).ok().and_then(|length| length.checked_sub(4));
    let body = body.filter(|body| *body <= LIMIT).ok_or_else(out_of_step)?;
    bytes.extend(length);
    let start = bytes.len();
    bytes.resize(start + body, 0);
    stream.read_exact(&mut bytes[start..]).await?;
    Ok(Some(bytes))
}

fn out_of_step() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is not PostgreSQL's protocol")
}
