// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.publication;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a publication shall be.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PublicationSpec(
    @Field(value = "Cluster it is in", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        @Cel(
            value = "self == oldSelf",
            message = "can't change; make a new object for the other cluster")
        LocalReference cluster,
    @Field(
            value = "Name in PostgreSQL; can't change",
            required = true,
            minLength = 1,
            maxLength = 63)
        @Cel(value = "self == oldSelf", message = "can't change; make a new Publication")
        String name,
    @Field(
            value = "Database it is in; can't change",
            required = true,
            minLength = 1,
            maxLength = 63)
        @Cel(value = "self == oldSelf", message = "can't change; make a new Publication")
        String dbname,
    @Field("Parameters of CREATE PUBLICATION") Map<String, String> parameters,
    @Field(value = "What it publishes", required = true) Target target,
    @Field(
            value = "What happens to it when this object is deleted",
            defaultsTo = "retain",
            oneOf = {"retain", "delete"})
        String publicationReclaimPolicy) {
  public PublicationSpec {
    name = Absent.or(name, "");
    dbname = Absent.or(dbname, "");
    parameters = Absent.map(parameters);
    publicationReclaimPolicy = Absent.or(publicationReclaimPolicy, "retain");
  }

  /// What a publication publishes.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value = "has(self.allTables) != has(self.objects)",
      message = "exactly one of allTables and objects")
  public record Target(
      @Field("All tables; can't change")
          @Cel(value = "self == oldSelf", message = "can't change; make a new Publication")
          @Nullable Boolean allTables,
      @Field(value = "Certain tables and schemas", maxItems = 100000)
          @Cel(
              value =
                  "!(self.exists(o, has(o.table) && has(o.table.columns) && "
                      + "size(o.table.columns) > 0) && self.exists(o, has(o.tablesInSchema)))",
              message = "columns can't be chosen in a publication that also has whole schemas")
          List<PublishedObject> objects) {
    public Target {
      objects = Absent.list(objects);
    }
  }

  /// A table or a schema that is published.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @Cel(
      value = "has(self.tablesInSchema) != has(self.table)",
      message = "exactly one of tablesInSchema and table")
  public record PublishedObject(
      @Field("All tables of this schema") @Nullable String tablesInSchema,
      @Field("One table") @Nullable Table table) {}

  /// A table that is published.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Table(
      @Field(value = "Name", required = true) String name,
      @Field("Schema") @Nullable String schema,
      @Field("Leave inheriting tables out") @Nullable Boolean only,
      @Field("Columns; by default all") List<String> columns) {
    public Table {
      name = Absent.or(name, "");
      columns = Absent.list(columns);
    }
  }
}
