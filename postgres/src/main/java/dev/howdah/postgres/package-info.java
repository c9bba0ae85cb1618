// SPDX-License-Identifier: Apache-2.0
/// One PostgreSQL installation: its programs, files, configuration and SQL.
@NullMarked
package dev.howdah.postgres;

import org.jspecify.annotations.NullMarked;
