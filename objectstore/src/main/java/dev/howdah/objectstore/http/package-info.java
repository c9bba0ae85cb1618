// SPDX-License-Identifier: Apache-2.0
/// HTTP/1.1 for bulk data over blocking sockets: half the processor time and memory of
/// `java.net.http` for large bodies over TLS (bench/backup.md).
@NullMarked
package dev.howdah.objectstore.http;

import org.jspecify.annotations.NullMarked;
