// SPDX-License-Identifier: Apache-2.0
/// Access tokens of cloud providers, and where a pod or a machine gets them from.
@NullMarked
package dev.howdah.objectstore.token;

import org.jspecify.annotations.NullMarked;
