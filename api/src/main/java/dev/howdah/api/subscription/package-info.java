// SPDX-License-Identifier: Apache-2.0
/// The Subscription kind: what a database receives from a publication.
@NullMarked
package dev.howdah.api.subscription;

import org.jspecify.annotations.NullMarked;
