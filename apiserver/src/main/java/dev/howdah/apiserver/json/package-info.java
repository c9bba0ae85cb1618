// SPDX-License-Identifier: Apache-2.0
/// JSON texts, trees and what Kubernetes puts into every object.
@NullMarked
package dev.howdah.apiserver.json;

import org.jspecify.annotations.NullMarked;
