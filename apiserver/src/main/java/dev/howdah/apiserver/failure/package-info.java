// SPDX-License-Identifier: Apache-2.0
/// The refusals of the API, in the words and codes of kube-apiserver.
@NullMarked
package dev.howdah.apiserver.failure;

import org.jspecify.annotations.NullMarked;
