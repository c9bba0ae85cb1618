// SPDX-License-Identifier: Apache-2.0
/// What Howdah does with each field of the API now, so that nothing is ignored silently.
@NullMarked
package dev.howdah.api.support;

import org.jspecify.annotations.NullMarked;
