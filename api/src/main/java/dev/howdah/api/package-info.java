// SPDX-License-Identifier: Apache-2.0
/// The custom resources as records, their defaults, rules and CRDs.
@NullMarked
package dev.howdah.api;

import org.jspecify.annotations.NullMarked;
