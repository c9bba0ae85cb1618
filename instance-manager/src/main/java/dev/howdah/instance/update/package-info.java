// SPDX-License-Identifier: Apache-2.0
/// How the instance manager is replaced by another version of itself, while PostgreSQL runs.
@NullMarked
package dev.howdah.instance.update;

import org.jspecify.annotations.NullMarked;
