// SPDX-License-Identifier: Apache-2.0
/// Typed SQL to one server: status, roles, slots, promotion.
@NullMarked
package dev.howdah.postgres.sql;

import org.jspecify.annotations.NullMarked;
