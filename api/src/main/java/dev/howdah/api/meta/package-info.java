// SPDX-License-Identifier: Apache-2.0
/// Shapes that several kinds share: references, templates of metadata, and how an absent field
/// reads.
@NullMarked
package dev.howdah.api.meta;

import org.jspecify.annotations.NullMarked;
