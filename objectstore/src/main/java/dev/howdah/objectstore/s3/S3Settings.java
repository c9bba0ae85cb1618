// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import dev.howdah.objectstore.Retry;
import dev.howdah.objectstore.http.Bandwidth;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Where a bucket is and how to reach it.
///
/// @param endpoint of an S3-compatible server; absent for AWS itself
/// @param prefix part of the bucket to stay in, without `/` at either end; may be empty
/// @param pathStyle bucket in the path instead of the host name; what most other servers want
/// @param caPem certificate authorities to trust besides nothing else; absent: the runtime's
public record S3Settings(
    @Nullable URI endpoint,
    String region,
    String bucket,
    String prefix,
    boolean pathStyle,
    @Nullable String caPem,
    Duration requestTimeout,
    Retry retry,
    Bandwidth bandwidth,
    Dialect dialect) {

  /// With an endpoint path style, without it AWS' own host names.
  public static S3Settings of(@Nullable URI endpoint, String region, String bucket, String prefix) {
    return new S3Settings(
        endpoint,
        region.isEmpty() ? "us-east-1" : region,
        bucket,
        prefix,
        endpoint != null || bucket.contains("."),
        null,
        Duration.ofSeconds(60),
        Retry.DEFAULT,
        Bandwidth.UNLIMITED,
        Dialect.S3);
  }

  public S3Settings withCa(String pem) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        pathStyle,
        pem,
        requestTimeout,
        retry,
        bandwidth,
        dialect);
  }

  public S3Settings withRetry(Retry value) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        prefix,
        pathStyle,
        caPem,
        requestTimeout,
        value,
        bandwidth,
        dialect);
  }

  /// How long the store may take to answer, and to send the next bytes.
  public S3Settings withTimeout(Duration value) {
    return new S3Settings(
        endpoint, region, bucket, prefix, pathStyle, caPem, value, retry, bandwidth, dialect);
  }

  public S3Settings withBandwidth(Bandwidth value) {
    return new S3Settings(
        endpoint, region, bucket, prefix, pathStyle, caPem, requestTimeout, retry, value, dialect);
  }

  /// Reads `s3://bucket/path` as a destination path writes it.
  ///
  /// @throws IllegalArgumentException with what to write instead
  public static S3Settings parse(String destinationPath, @Nullable URI endpoint, String region) {
    if (!destinationPath.startsWith("s3://")) {
      throw new IllegalArgumentException(
          "\"" + destinationPath + "\" is no S3 path; write it as s3://bucket/path");
    }
    var rest = destinationPath.substring("s3://".length());
    int slash = rest.indexOf('/');
    var bucket = slash < 0 ? rest : rest.substring(0, slash);
    if (bucket.isEmpty()) {
      throw new IllegalArgumentException(
          "\"" + destinationPath + "\" names no bucket; write it as s3://bucket/path");
    }
    var prefix = slash < 0 ? "" : rest.substring(slash + 1).replaceAll("^/+|/+$", "");
    return of(endpoint, region, bucket, prefix);
  }

  /// Google Cloud Storage, whose XML API is S3's but for a few headers and the authorization.
  ///
  /// @param endpoint of a test server; absent for Google's own
  public static S3Settings google(@Nullable URI endpoint, String bucket, String prefix) {
    return new S3Settings(
        endpoint == null ? URI.create("https://storage.googleapis.com") : endpoint,
        "auto",
        bucket,
        prefix,
        true,
        null,
        Duration.ofSeconds(60),
        Retry.DEFAULT,
        Bandwidth.UNLIMITED,
        Dialect.GOOGLE);
  }

  boolean isTls() {
    return endpoint == null || "https".equals(endpoint.getScheme());
  }
}
