// SPDX-License-Identifier: Apache-2.0
/// Changes to objects: JSON patch, merge patch, strategic merge patch, and server-side apply with
/// the ownership of fields.
@NullMarked
package dev.howdah.apiserver.patch;

import org.jspecify.annotations.NullMarked;
