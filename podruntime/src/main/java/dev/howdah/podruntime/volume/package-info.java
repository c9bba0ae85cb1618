// SPDX-License-Identifier: Apache-2.0
/// Volumes: folders of claims, and files made of ConfigMaps, Secrets, tokens and the pod itself.
@NullMarked
package dev.howdah.podruntime.volume;

import org.jspecify.annotations.NullMarked;
