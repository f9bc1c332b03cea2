//! The manual page says what the help says.
