// SPDX-License-Identifier: Apache-2.0
/// The Database kind: a database of a cluster, and what is in it.
@NullMarked
package dev.howdah.api.database;

import org.jspecify.annotations.NullMarked;
