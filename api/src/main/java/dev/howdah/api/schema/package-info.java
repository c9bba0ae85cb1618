// SPDX-License-Identifier: Apache-2.0
/// Annotations that say what a field may hold, and the schema that is made from them.
@NullMarked
package dev.howdah.api.schema;

import org.jspecify.annotations.NullMarked;
