/* The parts of a page that a script counts on. One that is not there is a mistake of ours, and is said at once. */

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T | null}
 */
export function partIfAny(root, selector, kind) {
  const found = root.querySelector(selector);
  if (found && !(found instanceof kind)) throw new TypeError(`${selector} is no ${kind.name}`);
  return found;
}

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 */
export function part(root, selector, kind) {
  const found = partIfAny(root, selector, kind);
  if (!found) throw new TypeError(`${selector} is missing`);
  return found;
}

/** @param {HTMLElement} element @param {string} name as in `element.dataset` */
export function said(element, name) {
  const value = element.dataset[name];
  if (value === undefined) throw new TypeError(`data of the name ${name} is missing`);
  return value;
}
