// SPDX-License-Identifier: Apache-2.0
/// The distribution: launcher layout, runtime images, charts; and the rule tests, which see every
/// class.
@NullMarked
package dev.howdah.dist;

import org.jspecify.annotations.NullMarked;
