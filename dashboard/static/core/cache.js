// The objects of one list, kept up to date by events. `rows` is a Map from uid to what is shown.

/** What the server prints: rows of cells with the object's metadata. */
export class TableCache {
  columns = [];
  rows = new Map();
  version = "";
  #seen = null;

  /** A list begins: what is not in its pages is gone afterwards. */
  begin() {
    this.#seen = new Set();
  }

  /** One page of it. */
  page(table) {
    this.#columns(table);
    for (const row of table.rows ?? []) this.#seen.add(this.#put(row));
    this.version = table.metadata?.resourceVersion || this.version;
  }

  /** Its end. */
  finish() {
    for (const key of this.rows.keys()) if (!this.#seen.has(key)) this.rows.delete(key);
    this.#seen = null;
  }

  /** One event of a watch. */
  apply({ type, object }) {
    if (type !== "BOOKMARK") this.#columns(object);
    for (const row of object.rows ?? []) {
      if (type === "DELETED") this.rows.delete(keyOf(row.object.metadata));
      else if (type !== "BOOKMARK") this.#put(row);
      this.version = row.object?.metadata?.resourceVersion || this.version;
    }
    this.version = object.metadata?.resourceVersion || this.version;
  }

  #columns(table) {
    if (table.columnDefinitions?.length) this.columns = table.columnDefinitions;
  }

  #put(row) {
    const key = keyOf(row.object.metadata);
    this.rows.set(key, row);
    return key;
  }
}

/** Whole objects. */
export class ObjectCache {
  rows = new Map();
  version = "";
  #seen = null;

  begin() {
    this.#seen = new Set();
  }

  page(list) {
    for (const item of list.items ?? []) {
      const key = keyOf(item.metadata);
      this.#seen.add(key);
      // Members of a list do not say what they are; those of a watch do.
      this.rows.set(key, { apiVersion: list.apiVersion, kind: (list.kind ?? "").replace(/List$/, ""), ...item });
    }
    this.version = list.metadata?.resourceVersion || this.version;
  }

  finish() {
    for (const key of this.rows.keys()) if (!this.#seen.has(key)) this.rows.delete(key);
    this.#seen = null;
  }

  apply({ type, object }) {
    const key = keyOf(object.metadata);
    if (type === "DELETED") this.rows.delete(key);
    else if (type !== "BOOKMARK") this.rows.set(key, object);
    this.version = object.metadata.resourceVersion || this.version;
  }
}

export function keyOf(metadata) {
  return metadata.uid || `${metadata.namespace ?? ""}/${metadata.name}`;
}
