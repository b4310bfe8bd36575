/// Stands in for the certificate reader of Mbed TLS, which Debian's libgit2 calls whenever it is initialised.
///
/// hybrid opens no connection: what has to do with other machines is the user's own git's. So nothing here needs the
/// system's certificates, and to read all of them takes longer than most answers. The program's symbol comes before the
/// library's. A connection that libgit2 opened all the same would trust nobody and fail. Source: elf(5), libgit2's
/// streams/mbedtls.c.
@_cdecl("mbedtls_x509_crt_parse_file")
public func refuseCertificates(_ chain: OpaquePointer?, _ path: OpaquePointer?) -> Int32 {
    // MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE
    -0x2080
}
