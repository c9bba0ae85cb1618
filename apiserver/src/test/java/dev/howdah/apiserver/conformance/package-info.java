// SPDX-License-Identifier: Apache-2.0
/// The same requests against this server and a real kube-apiserver.
@NullMarked
package dev.howdah.apiserver.conformance;

import org.jspecify.annotations.NullMarked;
