// SPDX-License-Identifier: Apache-2.0
/// Reconciles the custom resources; never opens a PostgreSQL connection.
@NullMarked
package dev.howdah.operator;

import org.jspecify.annotations.NullMarked;
