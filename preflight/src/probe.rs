//! The edges: each answers questions of one kind.
