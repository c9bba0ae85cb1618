// SPDX-License-Identifier: Apache-2.0
/// A small client of PostgreSQL's protocol: one connection, text values, deadlines.
///
/// The JDBC driver would cost each instance manager 20 MB and a tenth of a second at its start; see
/// `docs/explanation/decisions`.
@NullMarked
package dev.howdah.postgres.wire;

import org.jspecify.annotations.NullMarked;
