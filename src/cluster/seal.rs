//! A *seal* behind what a worker made shows whether it is whole: its CRC-32. Disks and networks
//! that are shared are written and read by other programs than ours.

/// The bytes with their seal behind them.
pub(super) fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = crc32fast::hash(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

/// The bytes without their seal; none if it is broken.
pub(super) fn unseal(sealed: &[u8]) -> Option<&[u8]> {
    let (bytes, sum) = sealed.split_last_chunk()?;
    (crc32fast::hash(bytes) == u32::from_le_bytes(*sum)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_until_a_bit_changes() {
        let sealed = seal(b"a flight".to_vec());
        assert_eq!(unseal(&sealed), Some(&b"a flight"[..]));
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert_eq!(unseal(&broken), None);
            assert_eq!(unseal(&sealed[..at]), None);
        }
    }
}
