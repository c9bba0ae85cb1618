// SPDX-License-Identifier: Apache-2.0
/// Defaults and rules as an API server asks for them before it stores a resource.
@NullMarked
package dev.howdah.api.admission;

import org.jspecify.annotations.NullMarked;
