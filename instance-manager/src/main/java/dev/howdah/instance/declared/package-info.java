// SPDX-License-Identifier: Apache-2.0

/// What resources declare inside the primary's PostgreSQL: databases, roles, publications,
/// subscriptions, tablespaces.
@NullMarked
package dev.howdah.instance.declared;

import org.jspecify.annotations.NullMarked;
