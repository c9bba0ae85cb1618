// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

/// Which catalog is meant; `namespace` is empty for a ClusterImageCatalog.
public record CatalogReference(String kind, String namespace, String name) {}
