// SPDX-License-Identifier: Apache-2.0
/// Validation of manifests in files: what `howdah validate` does.
@NullMarked
package dev.howdah.api.validate;

import org.jspecify.annotations.NullMarked;
