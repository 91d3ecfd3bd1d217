//! *Bytes* are how a model lies in its file: little-endian numbers and lists that begin with
//! their length.
//!
//! `codec` and `store` write and read with it. Reading never allocates more than a small
//! multiple of the bytes that are there.

/// Appends numbers, words and lists.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    /// The number of things that follow.
    pub(crate) fn count(&mut self, count: usize) {
        self.u64(count as u64);
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.0.extend(value.to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend(bytes);
    }

    /// A list of numbers whose length is known from elsewhere.
    pub(crate) fn f64s<'a>(&mut self, values: impl IntoIterator<Item = &'a f64>) {
        values.into_iter().for_each(|value| self.0.extend(value.to_le_bytes()));
    }

    /// As [`f64s`](Self::f64s), in single precision.
    pub(crate) fn f32s<'a>(&mut self, values: impl IntoIterator<Item = &'a f32>) {
        values.into_iter().for_each(|value| self.0.extend(value.to_le_bytes()));
    }
}

/// Bytes that are not what a writer wrote, and what was to be read there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(pub(crate) &'static str);

/// The bytes that were not read yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed(what))?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8, Malformed> {
        Ok(self.array::<1>(what)?[0])
    }

    pub(crate) fn u64(&mut self, what: &'static str) -> Result<u64, Malformed> {
        self.array(what).map(u64::from_le_bytes)
    }

    pub(crate) fn i32(&mut self, what: &'static str) -> Result<i32, Malformed> {
        self.array(what).map(i32::from_le_bytes)
    }

    /// The number of things that follow, each of at least `size` bytes, of which there must
    /// be enough.
    pub(crate) fn count(&mut self, size: usize, what: &'static str) -> Result<usize, Malformed> {
        let count = usize::try_from(self.u64(what)?).map_err(|_| Malformed(what))?;
        match count.checked_mul(size) {
            Some(needed) if needed <= self.0.len() => Ok(count),
            _ => Err(Malformed(what)),
        }
    }

    pub(crate) fn bytes(&mut self, what: &'static str) -> Result<&'a [u8], Malformed> {
        let count = self.count(1, what)?;
        let (head, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn text(&mut self, what: &'static str) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes(what)?).map_err(|_| Malformed(what))
    }

    /// A label by its spelling.
    pub(crate) fn label<T: std::str::FromStr>(
        &mut self,
        what: &'static str,
    ) -> Result<T, Malformed> {
        self.text(what)?.parse().map_err(|_| Malformed(what))
    }

    /// `count` finite numbers.
    pub(crate) fn f64s(&mut self, count: usize, what: &'static str) -> Result<Vec<f64>, Malformed> {
        let values = self.any_f64s(count, what)?;
        if values.iter().all(|v| v.is_finite()) { Ok(values) } else { Err(Malformed(what)) }
    }

    /// `count` numbers of any kind.
    pub(crate) fn any_f64s(
        &mut self,
        count: usize,
        what: &'static str,
    ) -> Result<Vec<f64>, Malformed> {
        let size = count.checked_mul(8).filter(|size| *size <= self.0.len());
        let (head, rest) = self.0.split_at(size.ok_or(Malformed(what))?);
        self.0 = rest;
        let values = head.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
        Ok(values.collect())
    }

    /// `count` finite numbers in single precision.
    pub(crate) fn f32s(&mut self, count: usize, what: &'static str) -> Result<Vec<f32>, Malformed> {
        let values = self.any_f32s(count, what)?;
        if values.iter().all(|v| v.is_finite()) { Ok(values) } else { Err(Malformed(what)) }
    }

    /// `count` numbers in single precision of any kind.
    pub(crate) fn any_f32s(
        &mut self,
        count: usize,
        what: &'static str,
    ) -> Result<Vec<f32>, Malformed> {
        let size = count.checked_mul(4).filter(|size| *size <= self.0.len());
        let (head, rest) = self.0.split_at(size.ok_or(Malformed(what))?);
        self.0 = rest;
        let values = head.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        Ok(values.collect())
    }

    /// That nothing follows.
    pub(crate) fn end(self, what: &'static str) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed(what)) }
    }
}
