// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.resource;

import dev.howdah.apiserver.schema.TypeSchema;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.table.Tables;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One type in one version, as requests address it.
public final class ResourceType {
  /// Where a type with a `scale` subresource keeps its numbers: paths such as `.spec.replicas`; the
  /// selector's may be empty.
  public record Scale(String specReplicas, String statusReplicas, String selector) {}

  /// The names of a type.
  public record Names(
      String plural,
      String singular,
      String kind,
      List<String> shortNames,
      List<String> categories) {
    public Names {
      shortNames = List.copyOf(shortNames);
      categories = List.copyOf(categories);
    }
  }

  private final String group;
  private final String version;
  private final String storageVersion;
  private final Names names;
  private final boolean namespaced;
  private final boolean custom;
  private final Set<String> subresources;
  private final Set<String> selectableFields;
  private final @Nullable Scale scale;
  private final GroupResource storage;
  private final Supplier<TypeSchema> schema;
  private final Supplier<Tables.Columns> columns;

  ResourceType(Builder builder) {
    this.group = builder.group;
    this.version = builder.version;
    this.storageVersion = builder.storageVersion.isEmpty() ? version : builder.storageVersion;
    this.names = builder.names;
    this.namespaced = builder.namespaced;
    this.custom = builder.custom;
    this.subresources = Set.copyOf(builder.subresources);
    this.selectableFields = Set.copyOf(builder.selectableFields);
    this.scale = builder.scale;
    this.storage =
        builder.storage != null ? builder.storage : new GroupResource(group, names.plural());
    this.schema = builder.schema;
    this.columns = builder.columns;
  }

  /// The API group, empty for core.
  public String group() {
    return group;
  }

  /// The version, such as `v1`.
  public String version() {
    return version;
  }

  /// `v1`, or `apps/v1`.
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /// The `apiVersion` objects of this type are stored in.
  public String storageApiVersion() {
    return storage.group().isEmpty() ? storageVersion : storage.group() + "/" + storageVersion;
  }

  /// Plural, singular, kind and the rest.
  public Names names() {
    return names;
  }

  /// The plural name, as in paths.
  public String plural() {
    return names.plural();
  }

  /// The kind.
  public String kind() {
    return names.kind();
  }

  /// Whether objects live in namespaces.
  public boolean namespaced() {
    return namespaced;
  }

  /// Whether a CustomResourceDefinition defines it.
  public boolean custom() {
    return custom;
  }

  /// Whether it has the subresource.
  public boolean has(String subresource) {
    return subresources.contains(subresource);
  }

  /// All its subresources.
  public Set<String> subresources() {
    return subresources;
  }

  /// The fields that field selectors may name, beside the metadata.
  public Set<String> selectableFields() {
    return selectableFields;
  }

  /// Where the numbers of `scale` are, or null without such a subresource.
  public @Nullable Scale scale() {
    return scale;
  }

  /// Group and plural name, as messages and permissions have it.
  public GroupResource name() {
    return new GroupResource(group, names.plural());
  }

  /// Where its objects are stored: for `events.k8s.io` the same place as for the core group's
  /// events.
  public GroupResource storage() {
    return storage;
  }

  /// Its schema.
  public TypeSchema schema() {
    return schema.get();
  }

  /// Its columns in tables.
  public Tables.Columns columns() {
    return columns.get();
  }

  @Override
  public String toString() {
    return apiVersion() + "/" + plural();
  }

  /// Collects the many facts of a type.
  static final class Builder {
    private final String group;
    private final String version;
    private final Names names;
    private String storageVersion = "";
    private boolean namespaced = true;
    private boolean custom;
    private Set<String> subresources = Set.of();
    private Set<String> selectableFields = Set.of();
    private @Nullable Scale scale;
    private @Nullable GroupResource storage;
    private final Supplier<TypeSchema> schema;
    private final Supplier<Tables.Columns> columns;

    Builder(
        String group,
        String version,
        Names names,
        Supplier<TypeSchema> schema,
        Supplier<Tables.Columns> columns) {
      this.group = group;
      this.version = version;
      this.names = names;
      this.schema = schema;
      this.columns = columns;
    }

    Builder clusterScoped() {
      namespaced = false;
      return this;
    }

    Builder customStoredAs(String version) {
      custom = true;
      storageVersion = version;
      return this;
    }

    Builder subresources(Set<String> names) {
      subresources = names;
      return this;
    }

    Builder selectable(Set<String> fields) {
      selectableFields = fields;
      return this;
    }

    Builder scaledBy(@Nullable Scale where) {
      scale = where;
      return this;
    }

    Builder storedAs(GroupResource other) {
      storage = other;
      return this;
    }

    ResourceType build() {
      return new ResourceType(this);
    }
  }
}
