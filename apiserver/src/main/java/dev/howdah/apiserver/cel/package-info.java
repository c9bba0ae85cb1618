// SPDX-License-Identifier: Apache-2.0
/// The Common Expression Language, as CustomResourceDefinitions use it for validation rules.
@NullMarked
package dev.howdah.apiserver.cel;

import org.jspecify.annotations.NullMarked;
