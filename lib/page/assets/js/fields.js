// The fields of the query language, each in a few words.

export const FIELDS = {
  system: 'who sent it', subsystem: 'its host or part', subsubsystem: 'a part of that', product: 'the product', user1: 'its first specification', user2: 'its second one',
  level: 'this level; >= and above', message: 'the message only', exception: 'the traceback', stack: 'the stack', logger: 'name of the logger', module: 'module', function: 'function',
  file: 'path of the file', line: 'line of the code', version: 'version of the package', process: 'number of the process', process_name: 'its name', thread: 'number of the thread',
  thread_name: 'its name', received: 'when it came', created: 'when it was sent, by the sender\'s clock', since: 'received since', until: 'received until', exists: 'has this field',
  origin: 'the store that took it first', id: 'number of the record',
};
