// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

/// Where servers of the S3 protocol differ in more than what they leave out.
public enum Dialect {
  S3("if-none-match", "*", "x-amz-checksum-crc32c", ""),
  /// Google Cloud Storage, "XML API": generations instead of entity tags, its own name for the
  /// checksum, and no deletion of several objects at once.
  GOOGLE("x-goog-if-generation-match", "0", "x-goog-hash", "crc32c=");

  final String ifAbsentHeader;
  final String ifAbsentValue;
  final String checksumHeader;
  final String checksumPrefix;

  Dialect(
      String ifAbsentHeader, String ifAbsentValue, String checksumHeader, String checksumPrefix) {
    this.ifAbsentHeader = ifAbsentHeader;
    this.ifAbsentValue = ifAbsentValue;
    this.checksumHeader = checksumHeader;
    this.checksumPrefix = checksumPrefix;
  }
}
