// SPDX-License-Identifier: Apache-2.0
/// S3 and what speaks its protocol, by a small client of our own over `java.net.http`.
@NullMarked
package dev.howdah.objectstore.s3;

import org.jspecify.annotations.NullMarked;
