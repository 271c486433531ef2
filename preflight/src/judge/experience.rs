//! What the platform's experience needs beside secrets and database: buckets, images, and the workflow that provisions
//! databases.

mod bucket;
mod image;
mod workflow;

pub use bucket::bucket;
pub use image::images;
pub use workflow::template;

#[cfg(test)]
mod tests;
