// SPDX-License-Identifier: Apache-2.0
/// Request bodies in Kubernetes' protocol buffers, which kubectl's typed commands send.
@NullMarked
package dev.howdah.apiserver.protobuf;

import org.jspecify.annotations.NullMarked;
