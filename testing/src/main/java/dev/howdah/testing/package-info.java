// SPDX-License-Identifier: Apache-2.0
/// Throw-away PostgreSQL, golden files and virtual time for tests.
@NullMarked
package dev.howdah.testing;

import org.jspecify.annotations.NullMarked;
